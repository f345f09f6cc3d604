"""What buyers and exhibitors fill in about visits and meetings."""
