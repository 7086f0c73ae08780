import io.micrometer.core.instrument.Clock;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.statsd.StatsdConfig;
import io.micrometer.statsd.StatsdFlavor;
import io.micrometer.statsd.StatsdMeterRegistry;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** Micrometer's StatsD registry: `java Micrometer PORT FLAVOR`. */
public class Micrometer {
  public static void main(String[] args) throws Exception {
    var config = new StatsdConfig() {
      public String get(String key) { return null; }
      public StatsdFlavor flavor() { return StatsdFlavor.valueOf(args[1]); }
      public String host() { return "127.0.0.1"; }
      public int port() { return Integer.parseInt(args[0]); }
      public Duration pollingFrequency() { return Duration.ofMillis(200); }
    };
    var registry = new StatsdMeterRegistry(config, Clock.SYSTEM);
    // What is recorded before its channel is there is dropped, and nothing tells when that is.
    Thread.sleep(3000);
    var balance = registry.gauge("balance", new AtomicInteger(7));
    registry.counter("orders", "plan", "free").increment(3);
    registry.timer("resize", "format", "jpeg").record(Duration.ofMillis(12));
    registry.timer("resize", "format", "jpeg").record(Duration.ofMillis(20));
    DistributionSummary.builder("size").register(registry).record(7);
    Thread.sleep(1500);
    registry.close();
    // Keeps the gauge's object alive.
    System.out.println(balance.get());
  }
}
