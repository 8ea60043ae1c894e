"""The colours of the screen, taken from the terminal; no information is given by colour alone.

Black on white can be read in every palette of a terminal; white on blue cannot. Bold black is grey in many.
"""

STYLE = """
Screen { layout: vertical; }
#title, #state { height: 1; padding: 0 1; color: ansi_black; background: ansi_white; text-style: none; }
#body { height: 1fr; }
#menu { width: 28; height: 100%; border: none; padding: 0; }
#pane { width: 1fr; height: 100%; padding: 0 1; border-left: vkey $foreground; }
#pane:focus { border-left: outer $foreground; }
#keys { height: 1; padding: 0 1; }
.-narrow #body { layout: vertical; }
.-narrow #menu { width: 100%; height: 40%; }
.-narrow #pane { height: 1fr; width: 100%; border-left: none; border-top: solid $foreground; }
#pane, OptionList { scrollbar-color: ansi_white; scrollbar-background: ansi_black; }
#pane, OptionList { scrollbar-color-hover: ansi_white; scrollbar-background-hover: ansi_black; }
#pane, OptionList { scrollbar-color-active: ansi_white; scrollbar-background-active: ansi_black; }
OptionList > .option-list--option-highlighted { text-style: bold; color: $foreground; background: $background; }
OptionList:focus > .option-list--option-highlighted { color: ansi_black; background: ansi_white; text-style: none; }
OptionList > .option-list--option-disabled { text-style: bold; color: $foreground; }
Dialog { align: center bottom; }
#dialog { width: 100%; max-width: 100; height: auto; max-height: 90%; border: heavy $foreground; padding: 0 1; }
#dialog OptionList { height: auto; max-height: 10; border: none; padding: 0; }
CodeField { height: 1; }
#notice { text-style: bold; }
"""
