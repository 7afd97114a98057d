"""Other systems that hand us demands and follow them: the provincial platform, the 12345 system."""
