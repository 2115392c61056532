package image

// readme stands on the boot partition, for whoever has the card in a computer.
const readme = `crema: what to write here before the first start, and whenever something shall change

  crema.toml         the configuration; README.md of crema says what is in it. The board's page is at http://BOARD/
                     always (port 80), and its data are on the card: "listen" and "data" need not be there
  setup-code         the token to log in to the page with: a line of at least 12 characters
  odoo.key           Odoo's API key, and other files with secrets, by the names that crema.toml gives them
  network.txt        the address, where the network gives none by DHCP, or shall not:

                         address      = "192.168.1.20/24"
                         gateway      = "192.168.1.1"
                         name_servers = "192.168.1.1"

                     to go back to DHCP: address = "dhcp"

                     for Wi-Fi (WPA2 with a passphrase), with these three lines or alone, its name:

                         wifi         = "Kitchen"

                     and where those of the Internet can't be reached, time servers:

                         time_servers = "192.168.1.1"

                     The board's name is crema- and the end of its serial number; another one:

                         name         = "crema-kitchen"

  wifi-passphrase    the Wi-Fi's passphrase, a line of 8 to 63 characters

The board takes all of it at its start, or nothing, but for network.txt with its passphrase, which it takes by itself.
crema-says.txt says what came of it, and so do the screen at the board and, of all but network.txt, its page. Secrets are
removed from here once they are kept on the board; crema.toml and network.txt stay, and are looked at again at every start. A bad one
changes nothing: the board goes on with the one before. If one was taken and crema then can't run with it, the one that it ran
with last is written here as crema-before.toml: to go back, give it the name crema.toml, in place of the other, and write the secrets
that it names here again, where others were taken since: the board has those.

The serial line on the pins 8 and 10 is /dev/ttyAMA0; a USB adapter is /dev/ttyUSB0 or /dev/ttyACM0.
`
