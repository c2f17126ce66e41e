"""What the terminal shows: plain results in, lines of text out. Nothing here computes a result or prints it."""
