"""The staff's SSH: closed, unless a file of public keys lies on the memory card."""
