"""What differs between operating systems, in one room.

Locks that a dead process cannot keep, durable writes, the platform's folders
and file names. Everything above asks here, so that nothing above branches on
``sys.platform``.
"""
