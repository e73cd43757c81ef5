"""MTC: multi-task classification of encrypted network traffic in Keras."""
