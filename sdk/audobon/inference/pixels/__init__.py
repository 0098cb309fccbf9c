"""Computing with pictures without a network. Arrays in, arrays or plain values out."""
