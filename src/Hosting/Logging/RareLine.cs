namespace Mesh.Hosting;

/// <summary>
/// Paces one kind of line that somebody from outside can cause thousands of times a second: the first is due at once, then one
/// an interval, which says how many there were between. Any thread.
/// </summary>
/// <param name="time">What the interval is measured by.</param>
/// <param name="interval">Between two lines.</param>
public sealed class RareLine(TimeProvider time, TimeSpan interval)
{
    private readonly Lock _gate = new();
    private long _last;
    private bool _wasWritten;
    private long _left;

    /// <summary>Counts one more cause, and says whether it is to be written.</summary>
    /// <param name="more">Those since the last line that were not, in words to be put at the line's end; empty if there are none.</param>
    public bool IsDue(out string more)
    {
        lock (_gate)
        {
            more = "";
            if (_wasWritten && time.GetElapsedTime(_last) < interval)
            {
                _left++;
                return false;
            }

            if (_left > 0)
            {
                more = string.Create(System.Globalization.CultureInfo.InvariantCulture, $" (and {_left} more since the last such line)");
            }

            (_last, _wasWritten, _left) = (time.GetTimestamp(), true, 0);
            return true;
        }
    }
}
