"""Speed, memory and size, measured beside peers: ``python -m eval bench``."""
