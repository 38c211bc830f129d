"""The darkroom: uploads are judged and made into renditions, each job in a process of its own."""
