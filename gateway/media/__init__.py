"""The doors of photos: addresses, what comes in, what goes out."""
