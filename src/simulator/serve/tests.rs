//! The port, below the command line.
