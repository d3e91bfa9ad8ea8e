package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// writeCertificate writes a self-signed certificate of this machine.
func writeCertificate(t testing.TB, dir, name string) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	require.NoError(t, err)
	private, err := x509.MarshalECPrivateKey(key)
	require.NoError(t, err)
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	require.NoError(t, os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	require.NoError(t, os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private}), 0o600))
	return certFile, keyFile
}

func TestANewCertificateIsUsedWithoutARestart(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := writeCertificate(t, dir, "one")
	now := time.Now()
	c, err := openCertificate(certFile, keyFile, func() time.Time { return now })
	require.NoError(t, err)
	name := func() string {
		pair, err := c.get(nil)
		require.NoError(t, err)
		leaf, err := x509.ParseCertificate(pair.Certificate[0])
		require.NoError(t, err)
		return leaf.Subject.CommonName
	}
	require.Equal(t, "one", name())
	require.NoError(t, os.WriteFile(certFile, []byte("half a fi"), 0o600))
	now = now.Add(certificateEvery)
	require.Equal(t, "one", name(), "what cannot be read changes nothing")
	require.NoError(t, os.Remove(keyFile))
	now = now.Add(certificateEvery)
	require.Equal(t, "one", name())
	writeCertificate(t, dir, "two")
	require.Equal(t, "one", name(), "the files are looked at now and then")
	now = now.Add(certificateEvery)
	require.Equal(t, "two", name())

	for _, files := range [][2]string{{certFile, ""}, {"", keyFile}, {keyFile, certFile}, {certFile, dir}, {"/none", "/none"}} {
		_, err := openCertificate(files[0], files[1], time.Now)
		require.Error(t, err)
	}
	none, err := openCertificate("", "", time.Now)
	require.NoError(t, err)
	require.Nil(t, none)
}

// TestAServerWithSignIn starts one over TLS, makes the first administrator with
// the code that it prints, and keeps accounts by the commands.
func TestAServerWithSignIn(t *testing.T) {
	needEngine(t)
	dir, keys := t.TempDir(), t.TempDir()
	certFile, keyFile := writeCertificate(t, keys, "reli")
	out, errs, code := reli(t, "user", "list", "--data", dir)
	require.Equal(t, exitFailed, code, "%s%s", out, errs)
	require.Contains(t, errs, "reli serve")

	admin, err := net.Listen("tcp", "127.0.0.1:0") // a free port
	require.NoError(t, err)
	require.NoError(t, admin.Close())
	s, first := startWithSignIn(t, dir, "--tls-cert", certFile, "--tls-key", keyFile, "--admin-listen", admin.Addr().String())
	require.True(t, strings.HasPrefix(s.url, "https://"), s.url)
	client := clientFor(t, certFile)
	status, _, _ := client.do(t, "GET", s.url+"/v1/series", "", nil)
	require.Equal(t, 401, status)
	status, body, cookies := client.do(t, "POST", s.url+"/v1/session/first", "", map[string]string{"name": "chief", "code": first, "password": "correct horse battery"})
	require.Equal(t, 200, status, body)
	require.Equal(t, "__Host-reli_session", cookies[0].Name)

	added := mustReli(t, "user", "add", "li", "--role", "leader", "--display", "李", "--data", dir)
	one := oneTimeCode.FindString(added)
	require.NotEmpty(t, one, added)
	_, errs, code = reli(t, "user", "add", "wang", "--role", "township", "--area", "nowhere", "--data", dir)
	require.Equal(t, exitUsage, code)
	require.Contains(t, errs, "unknown_area")
	status, body, cookies = client.do(t, "POST", s.url+"/v1/session/first", "", map[string]string{"name": "li", "code": one, "password": "another long pass"})
	require.Equal(t, 200, status, body)
	li := cookies[0].Name + "=" + cookies[0].Value
	status, _, _ = client.do(t, "GET", s.url+"/v1/series", li, nil)
	require.Equal(t, 200, status)
	require.Contains(t, mustReli(t, "user", "list", "--data", dir), "li")
	mustReli(t, "user", "disable", "li", "--data", dir)
	status, _, _ = client.do(t, "GET", s.url+"/v1/series", li, nil)
	require.Equal(t, 401, status, "at once")
	mustReli(t, "user", "enable", "li", "--data", dir)
	require.Regexp(t, oneTimeCode, mustReli(t, "user", "reset", "li", "--data", dir))

	made := mustReli(t, "user", "token", "nightly", "--role", "ingest", "--days", "7", "--data", dir)
	secret := regexp.MustCompile(`reli_[A-Za-z0-9_-]{43}`).FindString(made)
	id := regexp.MustCompile(`\) ([0-9a-f]{16})`).FindStringSubmatch(made)[1]
	ask, err := http.NewRequestWithContext(t.Context(), "GET", s.url+"/v1/session", nil)
	require.NoError(t, err)
	ask.Header.Set("Authorization", "Bearer "+secret)
	resp, err := client.Do(ask)
	require.NoError(t, err)
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Contains(t, string(text), `"role":"ingest"`)
	require.Equal(t, 2, resp.ProtoMajor, "HTTP/2 is spoken, not only offered")
	mustReli(t, "user", "revoke", id, "--data", dir)
	require.NotContains(t, mustReli(t, "user", "list", "--data", dir), "nightly")

	metrics, err := http.Get("http://" + admin.Addr().String() + "/metrics")
	require.NoError(t, err)
	defer metrics.Body.Close()
	text, err = io.ReadAll(metrics.Body)
	require.NoError(t, err)
	require.Contains(t, string(text), "reli_requests_total")
	for _, name := range []string{"access.db", "reli.sock"} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), name)
	}
}

// startWithSignIn starts a server without accounts, and gives the code that it
// prints.
func startWithSignIn(t *testing.T, dir string, args ...string) (s *server, code string) {
	t.Helper()
	cmd := command(context.WithoutCancel(t.Context()), append([]string{"serve", "--data", dir, "--listen", "127.0.0.1:0"}, args...)...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	require.NoError(t, cmd.Start())
	s = &server{dir: dir, cmd: cmd}
	t.Cleanup(s.stop)
	lines := bufio.NewScanner(out)
	for code == "" && lines.Scan() {
		if url, ok := strings.CutPrefix(lines.Text(), "Reli serves "); ok {
			s.url = url
		}
		code = oneTimeCode.FindString(lines.Text())
	}
	require.NotEmpty(t, code, "the server ended: %s", &errs)
	go func() { _, _ = io.Copy(io.Discard, out) }()
	return s, code
}

var oneTimeCode = regexp.MustCompile(`[A-Z2-7]{5}(-[A-Z2-7]{5}){3}`)

// browser is a client that trusts one certificate and keeps no cookie.
type browser struct{ *http.Client }

func clientFor(t testing.TB, certFile string) browser {
	t.Helper()
	text, err := os.ReadFile(certFile)
	require.NoError(t, err)
	pool := x509.NewCertPool()
	require.True(t, pool.AppendCertsFromPEM(text))
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return browser{&http.Client{Transport: transport}}
}

func (b browser) do(t testing.TB, method, address, cookie string, form any) (int, string, []*http.Cookie) {
	t.Helper()
	text, err := json.Marshal(form)
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), method, address, bytes.NewReader(text))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	if cookie != "" {
		r.Header.Set("Cookie", cookie)
	}
	resp, err := b.Do(r)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(body), resp.Cookies()
}
