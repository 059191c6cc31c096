"""What is kept: the journal of a running session, the log of closed ones, their traces."""
