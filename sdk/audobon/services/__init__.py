"""What a library does: a folder a subject, a module a use case.

Nothing here prints or reads the environment.
"""
