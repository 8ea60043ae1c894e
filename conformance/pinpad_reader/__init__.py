"""A reader with a keypad, as PC/SC part 10 has it, around vpcd's reader."""
