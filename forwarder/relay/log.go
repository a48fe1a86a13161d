package relay

import (
	"fmt"
	"os"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"golang.org/x/term"

	"github.com/dispatchframework/dispatch-events-aws/forwarder/terminal"
)

// NewLog returns a log that writes to the file, with the level and the format that the settings ask for.
func NewLog(s *Settings, to *os.File) (*zap.Logger, error) {
	level, err := zapcore.ParseLevel(s.LogLevel)
	if err != nil {
		return nil, fmt.Errorf("read LOG_LEVEL: %w", err)
	}
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
	return zap.New(zapcore.NewCore(encoder, zapcore.Lock(zapcore.AddSync(terminal.Writer{Writer: to})), level)), nil
}
