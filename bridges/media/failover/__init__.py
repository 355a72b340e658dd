"""A stand-by beside the process that carries calls: it is told of each, has the same sockets, and goes on."""
