"""The photo room: what a photo is judged by, and what is made of it."""
