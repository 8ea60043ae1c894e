"""The colours of the screen, taken from the terminal; no information is given by colour alone."""

STYLE = """
Screen { layout: vertical; }
#title, #state { height: 1; text-style: bold; padding: 0 1; color: ansi_bright_white; background: ansi_blue; }
#body { height: 1fr; }
#menu { width: 28; height: 100%; border: none; padding: 0; }
#pane { width: 1fr; height: 100%; padding: 0 1; border-left: vkey $foreground; }
#pane:focus { border-left: outer $foreground; }
#keys { height: 1; padding: 0 1; }
.-narrow #body { layout: vertical; }
.-narrow #menu { width: 100%; height: 40%; }
.-narrow #pane { height: 1fr; width: 100%; border-left: none; border-top: solid $foreground; }
OptionList > .option-list--option-highlighted { text-style: bold; color: $foreground; background: $background; }
OptionList:focus > .option-list--option-highlighted { color: ansi_bright_white; background: ansi_blue; }
OptionList > .option-list--option-disabled { text-style: bold; color: $foreground; }
Dialog { align: center bottom; }
#dialog { width: 100%; max-width: 100; height: auto; max-height: 90%; border: heavy $foreground; padding: 0 1; }
#dialog OptionList { height: auto; max-height: 10; border: none; padding: 0; }
CodeField { height: 1; }
#notice { text-style: bold; }
"""
