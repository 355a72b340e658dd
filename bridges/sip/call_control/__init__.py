"""What people do with calls in progress, from browsers and by keys of their phones."""
