"""An organisation as one HTML file that needs nothing else."""
