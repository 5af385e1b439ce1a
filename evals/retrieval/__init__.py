"""Retrieval measured: quality, speed, memory and build, beside other stores."""
