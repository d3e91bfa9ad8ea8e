package demo
import ("testing";"os";"fmt";"time";"strconv")
func TestZZ(t *testing.T){ n,_:=strconv.Atoi(os.Getenv("N")); t0:=time.Now(); s:=generate(t,Options{Size:Size(os.Getenv("SZ")),Seed:1,Dir:"/tmp/demo-scratch/out"+os.Getenv("SZ"),Incidents:int64(n)}); fmt.Println(s.Records,s.Grids,s.Transitions.Records,s.NoPlace,s.Closed,time.Since(t0)) }
