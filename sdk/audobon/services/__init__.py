"""What a library does, one use case a module. Nothing here prints or reads the environment."""
