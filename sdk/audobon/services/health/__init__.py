"""How a library fares: looked over, counted, measured on this machine."""
