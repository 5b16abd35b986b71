"""What people see: tables and the live view. Imports rich; computes nothing."""
