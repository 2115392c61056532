module github.com/mdlayher/watchdog

go 1.26.0
