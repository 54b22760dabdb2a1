"""The router: carries an Inquiry from the door to an answer before its Deadline."""
