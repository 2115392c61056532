package queue

import "time"

// CheckCron tells what is wrong with a cron expression for Schedule; nil for nothing.
func CheckCron(spec string) error {
	_, err := parseCron(spec, time.UTC)
	return err
}

// CheckChannels tells what is wrong with a channel configuration for Config.Channels;
// nil for nothing.
func CheckChannels(config string) error {
	_, err := parseChannels(config)
	return err
}

// Declares tells whether a channel configuration names a channel, in its short or its whole form. One that can't be read names none.
func Declares(config, channel string) bool {
	full, err := channelName(channel)
	if err != nil {
		return false
	}
	named := false
	_ = eachItem(config, func(name string, _ []part) error { // New says what is wrong with it
		named = named || name == full
		return nil
	})
	return named
}

// CheckChannel tells what is wrong with the name of one channel; nil for nothing. It need not be configured.
func CheckChannel(name string) error {
	_, err := channelName(name)
	return err
}
