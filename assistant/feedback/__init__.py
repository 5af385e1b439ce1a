"""What shoppers think of single answers: thumbs, with a reason where they give one."""
