package board_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"crema/device/board"
)

const goodBackend = "[[backend]]\nname = 'a'\ntype = 'coffee'\nversion = '2900'\nport = '/dev/a'\n" // 5 lines

// problem is what a broken file is told: "line key", a piece of what is wrong, and a
// piece of what to do.
type problem struct{ at, wrong, fix string }

// broken is one broken file each, with everything that is reported of it.
var broken = []struct {
	text string
	want []problem
}{
	// Keys that nobody knows.
	{"lisen = ':1'\n", []problem{{"1 lisen", "no such key", `did you mean "listen"?`}}},
	{"Data = 'x'\n", []problem{{"1 Data", "no such key", `did you mean "data"?`}}},
	{"xyzzy = 1\n", []problem{{"1 xyzzy", "no such key", "write one of data, listen, hosts, timezone, clock, watchdog, watchdog_timeout, odoo, queue, backend"}}},
	{"[odoo]\napikey_file = 'k'\n", []problem{{"2 odoo.apikey_file", "no such key", `did you mean "api_key_file"?`}}},
	{"[oddo]\nurl = 'https://o'\n", []problem{{"1 oddo", "no such key", `did you mean "odoo"?`}}},
	{"[queue]\nchannel = 'root:1'\n", []problem{{"2 queue.channel", "no such key", `did you mean "channels"?`}}},
	{"[odoo]\nurl = 'https://o'\n\ntimezone = 'UTC'\n", []problem{{"4 odoo.timezone", "no such key", "top of the file, before the first [table]"}}},
	{"[odoo]\nurl = 'https://o'\n[odoo.queue]\nlimit = 1\n", []problem{{"3 odoo.queue", "no such key", "write it as [queue]"}}},
	{goodBackend + "pol = '2s'\n", []problem{{"6 backend.pol", "no such key", `did you mean "poll"?`}}},
	{"[[backends]]\nname = 'a'\n", []problem{{"1 backends", "no such key", `did you mean "backend"?`}}},
	{goodBackend + "[backend.busy]\nenable = true\n", []problem{{"7 backend.busy.enable", "no such key", `did you mean "enabled"?`}}},
	{goodBackend + "[backend.schedule]\nsale = ''\n", []problem{{"7 backend.schedule.sale", "no such flow", `did you mean "sales"?`}}},
	{goodBackend + "[backend.schedule]\ncups = '* * * * *'\n", []problem{{"7 backend.schedule.cups", "no schedule", "set poll instead"}}},
	{goodBackend + "payment = { cach = 'Cash' }\n", []problem{{"6 backend.payment.cach", "no such key", `did you mean "cash"?`}}},

	// Values of another type.
	{"listen = 8080\n", []problem{{"1 listen", "a number, not text", `listen = "8080"`}}},
	{"data = true\n", []problem{{"1 data", "true or false, not text", `data = "true"`}}},
	{"timezone = ['UTC']\n", []problem{{"1 timezone", "a list, not text", "quotes"}}},
	{"odoo = 'https://o'\n", []problem{{"1 odoo", "text, not a table", "write [odoo]"}}},
	{"[queue]\nrunner = 'yes'\n", []problem{{"2 queue.runner", "text, not true or false", "without quotes"}}},
	{"[queue]\nlimit = '3600'\n", []problem{{"2 queue.limit", "text, not a whole number", "without quotes"}}},
	{"[queue]\nlimit = 3.5\n", []problem{{"2 queue.limit", "fraction, not a whole number", "fraction"}}},
	{"[backend]\nname = 'a'\n", []problem{{"1 backend", "a table, not a list", "write [[backend]]"}}},
	{goodBackend + "poll = 2\n", []problem{{"6 backend.poll", "a number, not a duration", `poll = "2s"`}}},
	{goodBackend + "pos_close = 03:00:00\n", []problem{{"6 backend.pos_close", "a date or time, not text", `pos_close = "03:00"`}}},
	{goodBackend + "slots = 'ESPRESSO'\n", []problem{{"6 backend.slots", "text, not a table", `slots = { ESPRESSO = "0" }`}}},
	{goodBackend + "schedule = '* * * * *'\n", []problem{{"6 backend.schedule", "text, not a table", "[backend.schedule]"}}},
	{goodBackend + "pos = 3.5\n", []problem{{"6 backend.pos", "fraction, not text", "quotes"}}},
	{"[[backend]]\nname = 'a'\ntype = 'coffee'\nversion = 2900\nport = '/dev/a'\n", []problem{{"4 backend.version", "a number, not text", `version = "2900"`}}},

	// Values that are not possible.
	{"data = ''\n", []problem{{"1 data", "empty", "write a path"}}},
	{"data = '~/crema'\n", []problem{{"1 data", "~", "in full"}}},
	{"data = \"a\\u0000b\"\n", []problem{{"1 data", "control character", "without control characters"}}},
	{"listen = '8080'\n", []problem{{"1 listen", "no address", `"127.0.0.1:8080"`}}},
	{"hosts = 'coffee.lan, https://coffee.lan'\n", []problem{{"1 hosts", "no name of a host", "names alone"}}},
	{"hosts = ['coffee.lan']\n", []problem{{"1 hosts", "a list, not text", "quotes"}}},
	{"listen = ':http'\n", []problem{{"1 listen", "no port", "0 to 65535"}}},
	{"listen = ':70000'\n", []problem{{"1 listen", "no port", "0 to 65535"}}},
	{"listen = ':-1'\n", []problem{{"1 listen", "no port", "0 to 65535"}}},
	{"timezone = 'Europe/Zuerich'\n", []problem{{"1 timezone", `"Europe/Zuerich" is no time zone`, "Europe/Zurich"}}},
	{"timezone = ''\n", []problem{{"1 timezone", "no time zone", "Europe/Zurich"}}},
	{"watchdog_timeout = '2s'\n", []problem{{"1 watchdog_timeout", `"2s" is not possible`, `from "5s" to "10m"`}}},
	{"watchdog_timeout = '5.5s'\n", []problem{{"1 watchdog_timeout", `"5.5s" is not possible`, "whole seconds"}}},
	{"watchdog = true\n", []problem{{"1 watchdog", "true or false, not text", "quotes"}}},
	{"clock = 'strickt'\n", []problem{{"1 clock", `"strickt" is not possible`, `did you mean "strict"?`}}},
	{"[odoo]\nurl = 'odoo.example.com'\n", []problem{{"2 odoo.url", "no URL", "https://odoo.example.com"}}},
	{"[odoo]\nurl = 'ftp://odoo'\n", []problem{{"2 odoo.url", "neither https nor http", "https://"}}},
	{"[odoo]\nurl = 'https://'\n", []problem{{"2 odoo.url", "no host", "https://"}}},
	{"[odoo]\nurl = 'https://u:p@odoo'\n", []problem{{"2 odoo.url", "don't belong", "api_key_file"}}},
	{"[odoo]\nurl = 'https://odoo/web#action=1'\n", []problem{{"2 odoo.url", "goes on", "write only https://odoo"}}},
	{"[odoo]\nurl = 'https://o'\nhost = 'https://10.0.0.2'\n", []problem{{"3 odoo.host", "it is a URL", "only the name or address"}}},
	{"[odoo]\nurl = 'https://o'\nhost = 'https://x'\n", []problem{{"3 odoo.host", "it is a URL", "only the name or address"}}},
	{"[odoo]\nurl = 'https://o'\nhost = '10.0.0.1:'\n", []problem{{"3 odoo.host", "no port", "1 to 65535"}}},
	{"[odoo]\nurl = 'https://o'\nhost = '10.0.0.2:odoo'\n", []problem{{"3 odoo.host", "no port", "1 to 65535"}}},
	{"[odoo]\nurl = 'https://o'\nfingerprint = 'AB:CD'\n", []problem{{"3 odoo.fingerprint", "no fingerprint of SHA-256", "64 hexadecimal digits"}}},
	{"[odoo]\nurl = 'https://o'\nfingerprint = 'SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU'\n", []problem{{"3 odoo.fingerprint", "SSH host key", "openssl x509"}}},
	{"[odoo]\nurl = 'http://o'\nca_file = 'ca.pem'\nfingerprint = 'sha256//47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='\n", []problem{
		{"3 odoo.ca_file", "no certificate to check", "write https"}, {"3 odoo.ca_file", "nobody has to vouch", "leave one"}, {"4 odoo.fingerprint", "no certificate to check", "write https"}}},
	{"[odoo]\nurl = 'https://o'\nca_file = 5\n", []problem{{"3 odoo.ca_file", "a number, not text", "quotes"}}},
	{"[odoo]\nurl = 'https://o'\nproxy = 'https://u:p55@10.0.0.1'\n", []problem{{"3 odoo.proxy", "reached by http", "http://"}}},
	{"[odoo]\nurl = 'https://o'\nproxy = 'http://u:p55@10.0.0.1/x'\n", []problem{{"3 odoo.proxy", "goes on", "http://10.0.0.1"}}},
	{"[odoo]\nurl = 'https://o'\nproxy = 'http://u:p55@10.0 .1'\n", []problem{{"3 odoo.proxy", "no address of a proxy", "http://10.0.0.1:3128"}}},
	{"[odoo]\nurl = 'https://o'\nhost = '10.0.0.2'\nproxy = 'u:p55@10.0.0.1:3128'\n", []problem{{"4 odoo.proxy", "past a proxy", "one of the two"}}},
	{"[odoo]\nurl = 'https://o'\nrotate_key = 'no'\n", []problem{{"3 odoo.rotate_key", "text, not true or false", "without quotes"}}},
	{"[odoo]\nproxy = 'none'\n", []problem{{"1 odoo.url", "missing", "url ="}}},
	{"[odoo]\ndatabase = 'prod'\n", []problem{{"1 odoo.url", "missing", "url ="}}},
	{"[odoo]\nurl = 'https://o'\napi_key = 'k'\n", []problem{{"3 odoo.api_key", "does not belong", "api_key_file"}}},
	{"[queue]\nchannels = 'boot:4'\n", []problem{{"2 queue.channels", "the first channel is root", "name:capacity"}}},
	{"[queue]\ntimeouts = 'root:x'\n", []problem{{"2 queue.timeouts", `"x" is no number of seconds`, "channel:seconds"}}},
	{"[queue]\ntimeouts = 'root:-5'\n", []problem{{"2 queue.timeouts", `"-5" is no number`, "channel:seconds"}}},
	{"[queue]\ntimeouts = 'sa les:5'\n", []problem{{"2 queue.timeouts", `"sa les" is no channel`, "channel:seconds"}}},
	{"[queue]\ntimeouts = 'sales:5,root.sales:6'\n", []problem{{"2 queue.timeouts", "there twice", "channel:seconds"}}},
	{"[queue]\ntimeouts = 'root:5,root:6'\n", []problem{{"2 queue.timeouts", "there twice", "channel:seconds"}}},
	{"[queue]\ntimeouts = 'root:600'\nlimit = 60\n", []problem{{"2 queue.timeouts", "longer than limit = 60", "raise limit"}}},
	{"[queue]\nlimit = 0\n", []problem{{"2 queue.limit", `"0" is not possible`, "from 1 to"}}},
	{"[queue]\nlimit = -10\n", []problem{{"2 queue.limit", `"-10" is not possible`, "from 1 to"}}},
	{"[queue]\nlimit = 99999999999999999999\n", []problem{{"2 queue.limit", "not possible", "from 1 to"}}},
	{goodBackend + "poll = '100ms'\n", []problem{{"6 backend.poll", "100ms is not possible", "at least 200ms"}}},
	{goodBackend + "poll = '-2s'\n", []problem{{"6 backend.poll", "-2s is not possible", "at least 200ms"}}},
	{goodBackend + "poll = '2'\n", []problem{{"6 backend.poll", `"2" is no duration`, `"10s"`}}},
	{goodBackend + "poll = '2 Sekunden'\n", []problem{{"6 backend.poll", "no duration", `"10s"`}}},
	{goodBackend + "language = 'German'\n", []problem{{"6 backend.language", "no language", "de_CH"}}},
	{goodBackend + "language = 'de-CH'\n", []problem{{"6 backend.language", "no language", "de_CH"}}},
	{goodBackend + "password = 'p'\n", []problem{{"6 backend.password", "does not belong", "password_file"}}},
	{goodBackend + "pos_close = '24:00'\n", []problem{{"6 backend.pos_close", "no time of day", `"03:00"`}}},
	{goodBackend + "pos_close = '3am'\n", []problem{{"6 backend.pos_close", "no time of day", `"03:00"`}}},
	{goodBackend + "payment = { cash = '' }\n", []problem{{"6 backend.payment.cash", "empty", "leave it out"}}},
	{goodBackend + "slots = { A = 'first' }\n", []problem{{"6 backend.slots.A", "no slot", `"0"`}}},
	{goodBackend + "slots = { A = '1', B = '1' }\n", []problem{{"6 backend.slots.B", `slot 1 is that of "A"`, "own"}}},
	{goodBackend + "slots = { A = -1 }\n", []problem{{"6 backend.slots.A", "no slot", `"0"`}}},
	{goodBackend + "stock_location = 'WH'\ningredients = { beans = 'B' }\n", []problem{{"7 backend.ingredients.beans", "no number", "before the ="}}},
	{goodBackend + "stock_location = 'WH'\n", []problem{{"1 backend.ingredients", "missing", "both or none"}}},
	{goodBackend + "ingredients = { 1 = 'B' }\n", []problem{{"1 backend.stock_location", "missing", "both or none"}}},
	{goodBackend + "[backend.schedule]\ncatalogue = 'every day'\n", []problem{{"7 backend.schedule.catalogue", "5 fields", "minute, hour"}}},
	{goodBackend + "[backend.busy]\nenabled = true\n", []problem{{"6 backend.busy.drink", "missing", "internal reference"}}},
	{goodBackend + "[backend.busy]\nevery = '1s'\n", []problem{{"7 backend.busy.every", "not possible", "at least 1m and at most 168h"}}},

	// Backends as a whole.
	{"[[backend]]\n", []problem{{"1 backend.name", "missing", "kitchen"}, {"1 backend.type", "missing", `write type = "coffee" or type = "probe"`}}},
	{"[[backend]]\ntype = 'coffee'\n", []problem{{"1 backend.name", "missing", "kitchen"}, {"1 backend.version", "missing", `version = "2900"`}, {"1 backend.port", "missing", `port = "/dev/ttyACM0"`}}},
	{"[[backend]]\nname = 'my kitchen'\ntype = 'coffe'\nversion = '2900'\nport = 'p'\n", []problem{{"2 backend.name", "no name", "letters"}, {"3 backend.type", "not possible", `did you mean "coffee"?`}}},
	{"[[backend]]\nversion = '1901'\nname = 'a'\ntype = 'coffee'\nport = 'p'\n", []problem{{"2 backend.version", `no coffee "1901"`, `"1900" and "2900"`}}},
	{goodBackend + "[[backend]]\nname = 'a'\ntype = 'coffee'\nversion = '1900'\nport = '/dev/b'\n", []problem{{"7 backend.name", "line 2", "rename"}}},
	{goodBackend + "[[backend]]\nname = 'b'\ntype = 'coffee'\nversion = '1900'\nport = '/dev/./a'\n", []problem{{"10 backend.port", "line 5", "its own port"}}},
	{goodBackend + "pos = 'P'\n[[backend]]\nname = 'b'\ntype = 'coffee'\nversion = '1900'\nport = '/dev/b'\npos = 'P '\n", []problem{{"12 backend.pos", "line 6", "its own point of sale"}}},

	// A kind that only its declaration says what there is of.
	{goodProbe + "tittle = 'x'\n", []problem{{"7 backend.tittle", "no such key", `did you mean "title"?`}}},
	{goodProbe + "port = '/dev/a'\n", []problem{{"7 backend.port", "no such key", `did you mean "poem"?`}}},
	{goodProbe + "xyzzy = 1\n", []problem{{"7 backend.xyzzy", "no such key", "name, type, location, language, title, poem, partner, depth, wet, every, at, mode, line, hook, names, key_file, ground, schedule"}}},
	{goodProbe + "version = '1'\n", []problem{{"7 backend.version", "probe has no versions", "leave it out"}}},
	{"[[backend]]\nname = 'p'\ntype = 'probe'\n", []problem{{"1 backend.title", "missing", `title = "Garden"`}, {"1 backend.key_file", "missing", `key_file = "`}, {"1 backend.ground.kind", "missing", `kind = "sand"`}}},
	{"[[backend]]\nname = 'p'\ntype = 'probe'\ntitle = ' '\nkey_file = ''\n[backend.ground]\nplot = 1\n", []problem{{"4 backend.title", "empty", `title = "Garden"`}, {"5 backend.key_file", "empty", "key_file"}, {"6 backend.ground.kind", "missing", "sand"}}},
	{"[[backend]]\nname = 'p'\ntype = 'prob'\ntitle = 1\nport = 2\nground = 3\n", []problem{{"3 backend.type", "not possible", `did you mean "probe"?`}}},
	{goodProbe + "key = 'geheim'\n", []problem{{"7 backend.key", "does not belong", "key_file"}}},
	{goodProbe + "ground.token = 'geheim'\n", nil}, // an inline table is whole
	{"[[backend]]\nname = 'p'\ntype = 'probe'\ntitle = 'T'\nkey_file = 'k'\n[backend.ground]\nkind = 'sand'\ntoken = 'geheim'\n", []problem{{"8 backend.ground.token", "does not belong", "token_file"}}},
	{"[[backend]]\nname = 'p'\ntype = 'probe'\ntitle = 'T'\nkey_file = 'k'\n[backend.ground]\nkind = 'sant'\nplott = 1\n", []problem{{"7 backend.ground.kind", "not possible", `did you mean "sand"?`}, {"8 backend.ground.plott", "no such key", `did you mean "plot"?`}}},
	{"[[backend]]\nname = 'p'\ntype = 'probe'\ntitle = 'T'\nkey_file = 'k'\nground = 'sand'\n", []problem{{"6 backend.ground", "text, not a table", "[backend.ground]"}}},
	{goodProbe + "poem = \"\"\"a\n\\u0007\"\"\"\n", []problem{{"7 backend.poem", "control character", "without"}}},
	{goodProbe + "depth = '5'\n", []problem{{"7 backend.depth", "text, not a whole number", "depth = 10"}}},
	{goodProbe + "depth = 5.5\n", []problem{{"7 backend.depth", "fraction, not a whole number", "depth = 10"}}},
	{goodProbe + "depth = 101\n", []problem{{"7 backend.depth", "101 is not possible", "at least -10 and at most 100"}}},
	{goodProbe + "depth = -11\n", []problem{{"7 backend.depth", "-11 is not possible", "at least -10 and at most 100"}}},
	{goodProbe + "depth = 99999999999999999999\n", []problem{{"7 backend.depth", "no whole number that is possible", "10"}}},
	{goodProbe + "wet = 'false'\n", []problem{{"7 backend.wet", "text, not true or false", "wet = true"}}},
	{goodProbe + "every = '10ms'\n", []problem{{"7 backend.every", "10ms is not possible", "write at least 1s"}}},
	{goodProbe + "every = 10\n", []problem{{"7 backend.every", "a number, not a duration", `every = "10s"`}}},
	{goodProbe + "every = ' '\n", []problem{{"7 backend.every", "empty", `"10s"`}}},
	{goodProbe + "at = '12'\n", []problem{{"7 backend.at", "no time of day", `"03:00"`}}},
	{goodProbe + "mode = 'fats'\n", []problem{{"7 backend.mode", `"fats" is not possible`, `did you mean "fast"?`}}},
	{goodProbe + "mode = 'x'\n", []problem{{"7 backend.mode", `"x" is not possible`, "slow, fast"}}},
	{goodProbe + "line = '~/p'\n", []problem{{"7 backend.line", "~", "in full"}}},
	{goodProbe + "line = ''\n", []problem{{"7 backend.line", "empty", "write a path"}}},
	{goodProbe + "hook = 'odoo'\n", []problem{{"7 backend.hook", "no URL", "https://odoo.example.com/hook"}}},
	{goodProbe + "names = ['a']\n", []problem{{"7 backend.names", "a list, not a table", `names = { KEY = "VALUE" }`}}},
	{goodProbe + "names = { x = '', ' ' = 'y' }\n", []problem{{"7 backend.names. ", "no key", "key"}, {"7 backend.names.x", "empty", "leave it out"}}},
	{goodProbe + "names = { x = 1.5 }\n", []problem{{"7 backend.names.x", "fraction, not text", "quotes"}}},
	{goodProbe + "[backend.names]\nb = 'here'\n'a.b' = 'here'\n", []problem{{"9 backend.names.a.b", "it is here", "write elsewhere"}}},
	{goodProbe + "[backend.schedule]\npush = '* * * * *'\n", []problem{{"8 backend.schedule.push", "no schedule", "turn it on by hand"}}},
	{goodProbe + "[backend.schedule]\nsales = ''\n", []problem{{"8 backend.schedule.sales", "no such flow", "write one of read"}}},
	{goodProbe + "depth = 4\nwet = false\n", []problem{{"6 backend.ground.plot", "missing", "write where"}, {"7 backend.depth", "nothing is wet", "leave it out"}}},
	{strings.Replace(goodProbe, "'p'", "'nobody'", 1), []problem{{"1 backend", "nobody has a probe", "correct"}}},
	{goodProbe + "partner = 7\n" + strings.Replace(goodProbe, "'p'", "'q'", 1) + "partner = ' 7'\n", []problem{{"14 backend.partner", `line 7: "7"`, "its own partner"}}},
	{goodProbe + "partner = 'Bob'\n" + strings.Replace(goodProbe, "'p'", "'q'", 1) + "partner = 'BOB'\n", []problem{{"14 backend.partner", `line 7: "BOB"`, "its own partner"}}},
	{wired + "gpio_busy = 'X'\ngpio_flow = 'X'\n", []problem{{"7 backend.gpio_flow", `"X" is the GPIO line of line 6`, "its own GPIO line"}}},
	{wired + "gpio_flow = 'X'\n" + strings.ReplaceAll(wired, "'a'", "'b'") + "gpio_cup = 'Y'\ngpio_door = 'X'\n", []problem{{"13 backend.gpio_door", `another backend has this GPIO line in line 6: "X"`, "its own GPIO line"}}},
	{strings.Replace(goodProbe, " }", ", plot = 1 }", 1) + strings.Replace(strings.Replace(goodProbe, "'p'", "'q'", 1), " }", ", plot = 0x1 }", 1), []problem{{"12 backend.ground.plot", "line 6", "its own plot"}}},
	{goodProbe + goodBackend + "name = 'p'\n", nil},
	{goodProbe + strings.Replace(goodBackend, "'a'", "'p'", 1), []problem{{"8 backend.name", "line 2", "rename"}}},

	// A setting or a flow that another version has.
	{strings.Replace(goodBackend, "2900", "1900", 1) + "username = 'u'\npassword_file = 'p'\npassword = 'p'\n", []problem{
		{"6 backend.username", `coffee "1900" has no such key, only "2900" has`, "correct the version"}, {"7 backend.password_file", `only "2900"`, "leave it out"},
		{"8 backend.password", `only "2900"`, "leave it out"}}},
	{strings.Replace(goodBackend, "2900", "1900", 1) + "[backend.schedule]\nclock = ''\n", []problem{{"7 backend.schedule.clock", `coffee "1900" has no such flow, only "2900" has`, "correct the version"}}},
	{strings.Replace(goodBackend, "2900", "2901", 1) + "username = 'u'\n", []problem{{"4 backend.version", `no coffee "2901"`, `"1900" and "2900"`}}},

	// What is no TOML, or not well.
	{"name = kitchen # big\n", []problem{{"1 name", "not TOML", `name = "kitchen"`}}},
	{goodBackend + "poll = 2s\n", []problem{{"6 poll", "not TOML", `poll = "2s"`}}},
	{"data =\n", []problem{{"1 data", "not TOML", "write a value"}}},
	{"data = 'x\n", []problem{{"1 data", "not TOML", "end the text with a quote"}}},
	{"data\n", []problem{{"1 ", "not TOML", "key = value"}}},
	{"[odoo]\napi_key = hunter2 # and not repeated\n", []problem{{"2 api_key", "not TOML", `api_key = "…"`}}},
	{"data = 'x' listen = ':1'\n", []problem{{"1 data", "not TOML", "one key a line"}}},
	{"[odoo\nurl = 'https://o'\n", []problem{{"1 odoo", "not TOML", "write [name]"}}},
	{"data = 'x'\ndata = 'y'\n", []problem{{"2 data", "line 1 already", "keep one"}}},
	{"[odoo]\nurl = 'https://o'\n[odoo]\nuser = 'u'\n", []problem{{"3 odoo", "line 1 already", "together"}}},
	{"data.x = 1\ndata = 'x'\n", []problem{{"1 data", "a table, not text", "quotes"}, {"2 data", "line 1 already", "keep one"}}},
	{"data = 'x'\n[data.x]\ny = 1\n", []problem{{"2 data.x", `"data" is a value`, "another name"}}},
	{goodBackend + "[backend]\nname = 'b'\n", []problem{{"6 backend", "a list since line 1", "[[backend]]"}}},
	{"backend = []\n", []problem{{"1 backend", "a list, not a list of tables", "[[backend]]"}}},
	{"odoo.url = 'https://o'\n[odoo]\nuser = 'u'\n", nil}, // the library's own rule, wherever it puts it

	// All at once, in order of the lines; what is before a line that is no TOML as well.
	{"clock = 'x'\n[odoo]\nurl = 'o'\n[queue]\nlimit = 0\nrunner = 1\n[[backend]]\nname = 'a'\n", []problem{
		{"1 clock", "x", "auto"}, {"3 odoo.url", "no URL", "https"}, {"5 queue.limit", "0", "1 to"}, {"6 queue.runner", "a number", "true"},
		{"7 backend.type", "missing", "coffee"}}},
	{"clock = 'x'\n[[backend]]\nname = a\nport = 1\n", []problem{{"1 clock", "x", "auto"}, {"3 name", "not TOML", `name = "a"`}}},
}

func TestLoadBroken(t *testing.T) {
	for i, c := range broken {
		path := writeConfig(t, c.text)
		cfg, err := board.Load(path, board.Overrides{}, testChecks)
		var got board.Problems
		if !errors.As(err, &got) || cfg != nil {
			t.Errorf("%d: Load(%q) = %+v, %v", i, c.text, cfg, err)
			continue
		}
		if c.want != nil && len(got) != len(c.want) {
			t.Errorf("%d: Load(%q) has %d problems, want %d:\n%v", i, c.text, len(got), len(c.want), err)
			continue
		}
		for j, want := range c.want {
			p := got[j]
			if at := fmt.Sprintf("%d %s", p.Line, p.Key); at != want.at || !strings.Contains(p.Wrong, want.wrong) || !strings.Contains(p.Fix, want.fix) {
				t.Errorf("%d: Load(%q)\n got %v\nwant %+v", i, c.text, p, want)
			}
			if want := fmt.Sprintf("%s:%d: ", path, p.Line); !strings.HasPrefix(p.Error(), want) {
				t.Errorf("%d: error %q does not begin with %q", i, p, want)
			}
		}
	}
}
