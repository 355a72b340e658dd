"""What server and bridge say to each other: one set of structs, imported by both, knowing neither."""
