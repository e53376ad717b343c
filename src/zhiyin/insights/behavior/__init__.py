"""What people's doings look like together: funnels, paths, sessions, retention and the like."""
