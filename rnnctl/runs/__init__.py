"""What training leaves behind: the directory of a run, its checkpoints, its record. numpy, never torch."""
