"""What a trained model loses where part of its input is taken away."""
