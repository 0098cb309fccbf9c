"""What workers do: the tasks they know, how each job is run, and the process that runs them."""
