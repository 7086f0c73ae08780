import com.timgroup.statsd.Event;
import com.timgroup.statsd.NonBlockingStatsDClientBuilder;
import com.timgroup.statsd.ServiceCheck;

/** java-dogstatsd-client: `java DogStatsD PORT`. */
public class DogStatsD {
  public static void main(String[] args) throws Exception {
    var client = new NonBlockingStatsDClientBuilder()
      .prefix("shop").hostname("127.0.0.1").port(Integer.parseInt(args[0]))
      .constantTags("env:test").enableTelemetry(false).build();
    client.count("orders", 3, "plan:free");
    client.gauge("balance", -3);
    client.recordExecutionTime("resize", 12);
    client.recordHistogramValue("size", 7.5, "format:jpeg");
    client.recordDistributionValue("weight", 9);
    client.recordDistributionValue("weight", 11);
    client.recordSetValue("members", "a");
    client.recordSetValue("members", "b");
    client.recordEvent(Event.builder().withTitle("deployed").withText("version 2").build());
    client.recordServiceCheckRun(ServiceCheck.builder().withName("db").withStatus(ServiceCheck.Status.WARNING).build());
    // Closing drops what was not sent by then; counts, gauges and sets are sent every three seconds.
    Thread.sleep(4000);
    client.close();
  }
}
