"""Weekly work and the command line: what joins the other folders into jobs."""
