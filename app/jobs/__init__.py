"""What the workers have tried, and what they have done: for operators, and so that one who kills workers is left."""
