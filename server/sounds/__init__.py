"""Sound of telephones in the server: out of files that people have, into files of ours, and for browsers."""
