"""One module a command: `run(called)` calls the rooms, puts what they say on the right stream, and gives the exit status."""
