"""What a member may do now, and why."""
