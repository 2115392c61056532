package connectors

import (
	"encoding/json"
	"strconv"
	"time"
)

// Text is the value of a setting as it is written; "" where there is none. The backend
// of a [Work] has the default of every setting that nobody wrote.
func (b Backend) Text(setting string) string { return b.Settings[setting] }

// Bool is the value of a SettingBoolean; false where there is none.
func (b Backend) Bool(setting string) bool { return b.Text(setting) == "true" }

// Int is the value of a SettingInteger; 0 where there is none.
func (b Backend) Int(setting string) int64 {
	n, err := strconv.ParseInt(b.Text(setting), 10, 64)
	if err != nil {
		return 0 // nothing else is stored: see Connector.CheckSettings
	}
	return n
}

// Duration is the value of a SettingDuration; 0 where there is none.
func (b Backend) Duration(setting string) time.Duration {
	d, err := time.ParseDuration(b.Text(setting))
	if err != nil {
		return 0
	}
	return d
}

// Map is the value of a SettingMap; nil where there is none.
func (b Backend) Map(setting string) map[string]string {
	var m map[string]string
	if err := json.Unmarshal([]byte(b.Text(setting)), &m); err != nil {
		return nil
	}
	return m
}
