"""FIX without I/O: messages, frames, typed fields, dictionaries, validation, sessions.

Nothing here opens a socket, reads a clock, draws a random number or logs; it imports the standard library only, and nothing else of
ours. The one thing that is read is the package's own data: the dictionaries beside the code.
"""
