"""Models behind servers, asked by REST or by gRPC."""
