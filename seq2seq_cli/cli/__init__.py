"""The command line: one thin file per command. It alone imports every stage."""
