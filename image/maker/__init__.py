"""Builds the image: ``python -m image.maker virt`` (``make image TARGET=virt``)."""
