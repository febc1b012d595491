"""Decoders that damaged data makes crash or loop for ever, in a process of their own."""
