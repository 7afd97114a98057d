"""What Rasa does in the world: the custom actions, by role."""
