"""The open stores of a library, and what every use case needs: names, jobs, locks, the audit."""
