package relay

import (
	"os"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"golang.org/x/term"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
)

// NewLog returns a log that writes to the file, with the level and the format that the settings ask for.
func NewLog(s *Settings, to *os.File) *zap.Logger {
	level, _ := zapcore.ParseLevel(s.LogLevel) // settings.Load accepts only levels
	format := s.LogFormat
	if format == "" && term.IsTerminal(int(to.Fd())) {
		format = "console"
	}
	encoding := zap.NewProductionEncoderConfig()
	encoding.TimeKey, encoding.EncodeTime = "time", zapcore.RFC3339NanoTimeEncoder
	encoding.EncodeDuration = zapcore.StringDurationEncoder
	encoder := zapcore.NewJSONEncoder(encoding)
	if format == "console" {
		encoding.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
		encoder = zapcore.NewConsoleEncoder(encoding)
	}
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(terminal.Writer{Writer: to})), level))
}
