"""The command line: one file a command, which reads arguments, calls what does the work, and shows the result."""
