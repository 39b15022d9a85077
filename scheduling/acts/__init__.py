"""What is done to a course from its page, with what is booked: forms, pages and API."""
