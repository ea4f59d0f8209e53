package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
	rc "k8s.io/cri-streaming/pkg/streaming/remotecommand"
	utilexec "k8s.io/utils/exec"
)

// backend runs what is asked of a container as a process of this machine, in a folder of the pod's own.
type backend struct {
	root      string // where the pods' folders are; the working folder when empty
	namespace string
}

func (b backend) folder(pod string) (string, error) {
	if b.root == "" {
		return "", nil
	}
	folder := filepath.Join(b.root, b.namespace, pod)
	return folder, os.MkdirAll(folder, 0o700)
}

func (b backend) ExecInContainer(ctx context.Context, pod, _, _ string, cmd []string, in io.Reader, out, errw io.WriteCloser, tty bool, resize <-chan rc.TerminalSize, _ time.Duration) error {
	folder, err := b.folder(pod)
	if err != nil {
		return err
	}
	c := exec.CommandContext(ctx, cmd[0], cmd[1:]...)
	c.Dir = folder
	c.Env = append(os.Environ(), "TERM=xterm", "PS1=$ ", "HOSTNAME="+pod)
	var done chan struct{}
	if tty {
		m, s, err := openPty()
		if err != nil {
			return err
		}
		defer m.Close()
		c.Stdin, c.Stdout, c.Stderr = s, s, s
		c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
		if err := c.Start(); err != nil {
			return err
		}
		s.Close()
		go func() {
			for sz := range resize {
				_ = unix.IoctlSetWinsize(int(m.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: sz.Height, Col: sz.Width})
			}
		}()
		if in != nil {
			go io.Copy(m, in)
		}
		done = make(chan struct{})
		go func() { io.Copy(out, m); close(done) }()
	} else {
		if in != nil { // own pipe: exec's copier would keep Wait hanging on an open stdin stream
			w, err := c.StdinPipe()
			if err != nil {
				return err
			}
			go func() { io.Copy(w, in); w.Close() }()
		}
		if out != nil {
			c.Stdout = out
		}
		if errw != nil {
			c.Stderr = errw
		}
		if err := c.Start(); err != nil {
			return err
		}
	}
	err = c.Wait()
	if done != nil {
		<-done
	}
	if ee, ok := err.(*exec.ExitError); ok {
		return &utilexec.ExitErrorWrapper{ExitError: ee}
	}
	return err
}

func (b backend) AttachContainer(ctx context.Context, n, u, c string, in io.Reader, out, errw io.WriteCloser, tty bool, r <-chan rc.TerminalSize) error {
	return b.ExecInContainer(ctx, n, u, c, []string{"sh", "-c", "echo attached; cat"}, in, out, errw, tty, r, 0)
}

// lastWords is how long a program may go on answering when its caller has ended.
const lastWords = 2 * time.Second

func (backend) PortForward(ctx context.Context, _, _ string, port int32, s io.ReadWriteCloser) error {
	c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	defer c.Close()
	asked, answered := make(chan struct{}), make(chan struct{})
	go func() { io.Copy(c, s); c.(*net.TCPConn).CloseWrite(); close(asked) }()
	go func() { io.Copy(s, c); close(answered) }()
	select {
	case <-answered:
	case <-asked: // the program may have more to say to one who has said all
		select {
		case <-answered:
		case <-time.After(lastWords):
		}
	}
	return nil
}

func openPty() (m, s *os.File, err error) {
	if m, err = os.OpenFile("/dev/ptmx", os.O_RDWR, 0); err != nil {
		return
	}
	fd := int(m.Fd())
	if err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		return
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		return
	}
	s, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	return
}
